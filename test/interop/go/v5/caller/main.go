// Calls a service found in Consul: caller CONSUL SERVICE ENDPOINT JSON. Prints {"answer": …} or {"error": …}.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"go-micro.dev/v5/client"
	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/registry/consul"
	"go-micro.dev/v5/selector"
)

func main() {
	found := consul.NewConsulRegistry(registry.Addrs(os.Args[1]))
	c := client.NewClient(
		client.Registry(found),
		client.Selector(selector.NewSelector(selector.Registry(found))),
	)
	request := json.RawMessage(os.Args[4])
	var answer json.RawMessage
	out := map[string]any{}
	if err := c.Call(context.Background(), c.NewRequest(os.Args[2], os.Args[3], &request), &answer); err != nil {
		out["error"] = err.Error()
	} else {
		out["answer"] = answer
	}
	text, _ := json.Marshal(out)
	fmt.Println(string(text))
}
