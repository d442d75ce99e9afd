// go-micro's MCP gateway: gateway CONSUL ADDRESS. GET /mcp/tools says what it knows of the services in Consul, and
// POST /mcp/call calls them.
package main

import (
	"log"
	"os"

	"go-micro.dev/v5/client"
	"go-micro.dev/v5/gateway/mcp"
	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/registry/consul"
	"go-micro.dev/v5/selector"
)

func main() {
	found := consul.NewConsulRegistry(registry.Addrs(os.Args[1]))
	caller := client.NewClient(
		client.Registry(found),
		client.Selector(selector.NewSelector(selector.Registry(found))),
		client.ContentType("application/json"),
	)
	log.Fatal(mcp.ListenAndServe(os.Args[2], mcp.Options{Registry: found, Client: caller}))
}
