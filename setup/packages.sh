# shellcheck shell=sh disable=SC2034
# Debian packages by what they are for. Sourced by setup/run.

# To load eBPF programs.
packages_run='libbpf1'
# To make hosts out of network namespaces and break the network between them.
packages_lab='iproute2 nftables'
# To compile eBPF programs; a packed release carries the objects and needs none of these.
packages_build='clang llvm make bpftool libbpf-dev linux-libc-dev'
# The server that keeps a history for several processes.
packages_history='postgresql'
# Peers that tests compare with.
packages_test='iperf3 tcpdump tshark procps prometheus-alertmanager openssl chromium'
# To fetch and run the broker that tests over Kafka use.
packages_kafka='openjdk-17-jre-headless maven openssl'
# Peers that benchmarks compare with.
packages_bench='prometheus prometheus-alertmanager prometheus-node-exporter iperf3 procps chromium'
# To build and run a real one-node Kubernetes (what a node has beside the programs that setup/cluster.sh builds), and to
# read what was captured there.
packages_cluster='tshark prometheus containerd runc containernetworking-plugins etcd-server iptables nftables conntrack busybox-static socat ethtool openssl iproute2 ca-certificates'
