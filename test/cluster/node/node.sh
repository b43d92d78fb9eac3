#!/usr/bin/env bash
# The node from the inside: mounts, network, then every part of Kubernetes. Called by start.sh.
set -euo pipefail
folder=$1 binaries=$2 images=$3
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/cluster/node/plan.sh
. "$here/plan.sh"
export PATH="$binaries:$PATH" KUBECONFIG=$folder/admin.kubeconfig
logs=$folder/logs
started=$(date +%s%N)

progress() { printf '%5d ms  %s\n' $((($(date +%s%N) - started) / 1000000)) "$*"; }

private_mounts() {
  # unshare made everything private: nothing gets out. Shared again in here, for pods with HostToContainer mounts.
  mount --make-rshared /
  mount -t tmpfs -o mode=755 run /run
  mount -t bpf bpf /sys/fs/bpf
  mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
  # What pods keep on the node (hostPath) goes with the cluster.
  mkdir -p "$folder/lib/upper" "$folder/lib/work"
  mount -t overlay -o "lowerdir=/var/lib,upperdir=$folder/lib/upper,workdir=$folder/lib/work" overlay /var/lib
  private_cgroups
  private_resolver
  kubelet_sysctls
}

private_cgroups() {
  if grep -q '^cgroup ' "$folder/cgroups"; then mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup; fi
  while read -r type mount _ controllers; do
    mkdir -p "$mount"
    case "$type $controllers" in
      cgroup2*) mount -t cgroup2 cgroup2 "$mount" ;;
      *name=*) mount -t cgroup -o "none,$controllers" cgroup "$mount" ;;
      *) mount -t cgroup -o "$controllers" cgroup "$mount" ;;
    esac
  done <"$folder/cgroups"
  join init.scope
  # Nothing to hand down where the older hierarchies have the controllers.
  root=$(awk '$1 == "cgroup2" { print $2 }' "$folder/cgroups")
  read -r -a controllers <"$root/cgroup.controllers" || true
  for controller in "${controllers[@]}"; do echo "+$controller" >"$root/cgroup.subtree_control"; done
}

join() { # CGROUP: moves this process there, in every hierarchy
  while read -r _ mount _; do
    mkdir -p "$mount/$1"
    echo "$BASHPID" >"$mount/$1/cgroup.procs"
  done <"$folder/cgroups"
}

private_resolver() {
  resolver=$(realpath -m /etc/resolv.conf)
  case "$resolver" in
    /run/*) install -D -m 644 "$folder/resolv.conf" "$resolver" ;;
    *) mount --bind "$folder/resolv.conf" /etc/resolv.conf ;;
  esac
}

# A kubelet sets these for the whole machine. It finds them as it wants them here, and the machine keeps its own.
kubelet_sysctls() {
  mkdir /run/sysctls
  for wanted in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    name=${wanted%=*}
    file=/run/sysctls/${name//\//.}
    echo "${wanted#*=}" >"$file"
    mount --bind "$file" "/proc/sys/$name"
  done
}

own_network() {
  ip link set lo up
  unshare --net sleep infinity &
  world=$!
  until [ "$(readlink /proc/$world/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
  echo $world >"$folder/world.pid"
  ip link add eth0 type veth peer name eth0 netns $world
  ip addr add "$node_address/24" dev eth0
  ip link set eth0 up
  ip route add default via "$gateway_address"
  echo 1 >/proc/sys/net/ipv4/ip_forward
  nsenter -t $world -n ip -batch - <<IP
link set lo up
addr add $gateway_address/24 dev eth0
link set eth0 up
route add $pod_range via $node_address
addr add ${world_address}/${world_range#*/} dev lo
IP
}

launch() { # UNIT COMMAND …: in a cgroup as under a service manager
  unit=$1
  shift
  (
    join "system.slice/$unit.service"
    exec "$@" >>"$logs/$unit.log" 2>&1
  ) &
  echo $! >"$folder/$unit.pid"
}

until_true() { # UNIT COMMAND …: waits for it, as long as the unit runs
  unit=$1
  shift
  until "$@" >/dev/null 2>&1; do
    kill -0 "$(cat "$folder/$unit.pid")" 2>/dev/null || {
      echo "$unit ended; its last words in $logs/$unit.log:" >&2
      tail -n 5 "$logs/$unit.log" >&2
      exit 1
    }
    sleep 0.1
  done
}

node_ready() {
  kubectl get node $node_name -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' | grep -q True
}

import_images() {
  for image in "$images"/*.tar; do
    ctr -a $containerd_socket -n k8s.io images import "$image" >/dev/null
  done
}

echo $$ >"$folder/keeper.pid"
private_mounts
own_network
launch etcd etcd --data-dir "$folder/etcd" --unsafe-no-fsync
bash "$here/api-server.sh" "$folder" >"$folder/api-server.command"
mapfile -t api_server <"$folder/api-server.command"
launch kube-apiserver "${api_server[@]}"
launch containerd containerd --config "$folder/containerd.toml"
until_true containerd ctr -a $containerd_socket version
import_images &
importing=$!
until_true kube-apiserver kubectl get --raw /readyz
progress 'API server ready'
launch kube-controller-manager kube-controller-manager --kubeconfig="$folder/controller-manager.kubeconfig" \
  --use-service-account-credentials --service-account-private-key-file="$folder/pki/service-accounts.key" \
  --root-ca-file="$folder/pki/ca.crt" --leader-elect=false '--controllers=*,-nodeipam,-service-lb-controller' \
  --allocate-node-cidrs=false
launch kube-scheduler kube-scheduler --kubeconfig="$folder/scheduler.kubeconfig" --leader-elect=false
wait $importing
progress 'images imported'
launch kubelet kubelet --config="$folder/kubelet.yaml" --kubeconfig="$folder/kubelet.kubeconfig" \
  --hostname-override=$node_name --node-ip=$node_address --root-dir="$folder/kubelet" --cert-dir="$folder/kubelet-pki"
launch kube-proxy kube-proxy --config="$folder/proxy.yaml"
until_true kubelet node_ready
progress 'node ready'
# A bare pod is refused until the controller manager has made this one.
until_true kube-controller-manager kubectl get serviceaccount default
progress 'service account there'
if [ -e "$images/coredns.tar" ]; then
  kubectl apply -f "$here/../manifests/coredns.yaml" >/dev/null
fi
touch "$folder/ready"
# Holds the namespaces: whoever wants in enters this process's.
exec sleep infinity
