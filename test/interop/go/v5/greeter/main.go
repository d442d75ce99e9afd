// A greeter for the tests: every kind of answer a handler can give. GREETER_GRPC=1 serves it over gRPC;
// GREETER_NAME is the name it is listed under.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"go-micro.dev/v5"
	"go-micro.dev/v5/errors"
	"go-micro.dev/v5/metadata"
	"go-micro.dev/v5/server"
	"go-micro.dev/v5/server/grpc"
)

const name = "go.micro.srv.greeter"

type Request struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

type Response struct {
	Msg   string `json:"msg"`
	Count int64  `json:"count"`
}

type Greeter struct{}

// Hello greets, and hands the 64-bit count back unchanged.
func (*Greeter) Hello(_ context.Context, req *Request, rsp *Response) error {
	rsp.Msg, rsp.Count = "Hello "+req.Name, req.Count
	return nil
}

// Fail answers an error record, with words outside ASCII.
func (*Greeter) Fail(context.Context, *Request, *Response) error {
	return errors.BadRequest(name, "no name: ä 😀")
}

// Plain answers an error that is no record.
func (*Greeter) Plain(context.Context, *Request, *Response) error {
	return fmt.Errorf("plain words")
}

// Panic is a handler with a bug.
func (*Greeter) Panic(context.Context, *Request, *Response) error {
	panic("a bug")
}

// Slow never answers in time.
func (*Greeter) Slow(ctx context.Context, _ *Request, _ *Response) error {
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
	}
	return ctx.Err()
}

// Meta answers the header x-tenant; over HTTP its name begins with a capital, which Get tries too.
func (*Greeter) Meta(ctx context.Context, _ *Request, rsp *Response) error {
	rsp.Msg, _ = metadata.Get(ctx, "x-tenant")
	return nil
}

// Count streams 1..count. The pause keeps go-micro v5's server from sending one answer's bytes twice.
func (*Greeter) Count(_ context.Context, stream server.Stream) error {
	var req Request
	if err := stream.Recv(&req); err != nil {
		return err
	}
	for i := int64(1); i <= req.Count; i++ {
		if err := stream.Send(&Response{Msg: req.Name, Count: i}); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

func main() {
	listed := os.Getenv("GREETER_NAME")
	if listed == "" {
		listed = name
	}
	options := []micro.Option{micro.Name(listed), micro.Version("1.0.0"), micro.Address("127.0.0.1:0")}
	if os.Getenv("GREETER_GRPC") != "" {
		options = append([]micro.Option{micro.Server(grpc.NewServer())}, options...)
	}
	service := micro.NewService(options...)
	service.Init()
	if err := micro.RegisterHandler(service.Server(), new(Greeter)); err != nil {
		log.Fatal(err)
	}
	if err := service.Run(); err != nil {
		log.Fatal(err)
	}
}
