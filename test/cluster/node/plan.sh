# shellcheck shell=bash disable=SC2034
# Addresses and names that every test cluster has; each lives in network and mount namespaces of its own, so any number
# of clusters have the same. cluster-plan.ts says the same in TypeScript, compared by a test.
node_name=node1
node_address=10.99.0.1
api_port=6443
api_service_address=10.0.0.1
service_range=10.0.0.0/16
dns_address=10.0.0.10
pod_range=10.244.0.0/24
# What is outside of the cluster: a namespace behind the node's eth0 that owns a whole documentation range (RFC 5737).
gateway_address=10.99.0.254
world_range=203.0.113.0/24
world_address=203.0.113.1
world_dns_address=203.0.113.53
containerd_socket=/run/containerd/containerd.sock
