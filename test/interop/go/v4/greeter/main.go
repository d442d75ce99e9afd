// A greeter of go-micro v4.7, the last whose services answer Debug by themselves: greeter ADDRESS. It is listed nowhere.
package main

import (
	"context"
	"log"
	"os"

	"go-micro.dev/v4"
	"go-micro.dev/v4/registry"
)

type Request struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

type Response struct {
	Msg   string `json:"msg"`
	Count int64  `json:"count"`
}

type Greeter struct{}

func (*Greeter) Hello(_ context.Context, req *Request, rsp *Response) error {
	rsp.Msg, rsp.Count = "Hello "+req.Name, req.Count
	return nil
}

func main() {
	service := micro.NewService(
		micro.Name("go.micro.srv.greeter"),
		micro.Address(os.Args[1]),
		micro.Registry(registry.NewMemoryRegistry()),
	)
	if err := micro.RegisterHandler(service.Server(), new(Greeter)); err != nil {
		log.Fatal(err)
	}
	if err := service.Run(); err != nil {
		log.Fatal(err)
	}
}
