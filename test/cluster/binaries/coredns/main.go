// CoreDNS with the plugins that the test cluster's Corefile names: the full one brings the clients of several clouds.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
)

func main() {
	// The order in which a question passes them, as in CoreDNS' own plugin.cfg.
	dnsserver.Directives = []string{"ready", "errors", "log", "cache", "loadbalance", "kubernetes", "forward"}
	coremain.Run()
}
