// Prints the record of a service as go-micro reads it back from Consul: reader CONSUL SERVICE.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/registry/consul"
)

func main() {
	services, err := consul.NewConsulRegistry(registry.Addrs(os.Args[1])).GetService(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	text, _ := json.Marshal(services)
	fmt.Println(string(text))
}
