// A bot command as a service: go.micro.bot.deploy, as go-micro's bot called them.
package main

import (
	"context"
	"log"
	"strings"

	"go-micro.dev/v5"
)

type HelpRequest struct{}

type HelpResponse struct {
	Usage       string `json:"usage"`
	Description string `json:"description"`
}

type ExecRequest struct {
	Args []string `json:"args"`
}

type ExecResponse struct {
	Result []byte `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

type Command struct{}

func (*Command) Help(_ context.Context, _ *HelpRequest, rsp *HelpResponse) error {
	rsp.Usage, rsp.Description = "deploy [service]", "Deploys a service"
	return nil
}

func (*Command) Exec(_ context.Context, req *ExecRequest, rsp *ExecResponse) error {
	if len(req.Args) < 2 {
		rsp.Error = "deploy what?"
		return nil
	}
	rsp.Result = []byte("deployed " + strings.Join(req.Args[1:], " "))
	return nil
}

func main() {
	service := micro.NewService(micro.Name("go.micro.bot.deploy"), micro.Version("1.0.0"), micro.Address("127.0.0.1:0"))
	service.Init()
	if err := micro.RegisterHandler(service.Server(), new(Command)); err != nil {
		log.Fatal(err)
	}
	if err := service.Run(); err != nil {
		log.Fatal(err)
	}
}
