#!/usr/bin/env bash
# Writes certificates, kubeconfigs and the configuration of every part of a cluster into its folder. TLS and RBAC are
# real both ways, so that exec, logs and service-account tokens behave as anywhere.
#
#   configure.sh FOLDER
set -euo pipefail
folder=$1
# shellcheck source=test/cluster/node/plan.sh
. "$(dirname "$0")/plan.sh"
mkdir -p "$folder/pki" "$folder/cni" "$folder/logs"
cd "$folder/pki"

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

certificate() { # NAME SUBJECT EXTENSION
  new_key "$1.key"
  openssl req -new -key "$1.key" -out "$1.csr" -subj "$2"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" \
    -extfile <(printf '%s' "$3") 2>/dev/null
}

new_key ca.key
openssl req -x509 -new -key ca.key -out ca.crt -days 30 -subj /CN=saccade-test-ca
service=kubernetes.default.svc
names="DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:$service,DNS:$service.cluster.local"
certificate apiserver /CN=kube-apiserver "subjectAltName=$names,IP:127.0.0.1,IP:$node_address,IP:$api_service_address"
certificate kubelet-serving "/O=system:nodes/CN=system:node:$node_name" "subjectAltName=DNS:$node_name,IP:$node_address"
client=extendedKeyUsage=clientAuth
certificate api-to-kubelet /O=system:masters/CN=api-to-kubelet $client
certificate admin /O=system:masters/CN=admin $client
certificate kubelet "/O=system:nodes/CN=system:node:$node_name" $client
certificate controller-manager /CN=system:kube-controller-manager $client
certificate scheduler /CN=system:kube-scheduler $client
certificate proxy /CN=system:kube-proxy $client
new_key service-accounts.key
openssl ec -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null

for user in admin kubelet controller-manager scheduler proxy; do
  cat >"$folder/$user.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://$node_address:$api_port", certificate-authority-data: $(base64 -w0 <ca.crt)}}]
users: [{name: $user, user: {client-certificate-data: $(base64 -w0 <"$user.crt"), client-key-data: $(base64 -w0 <"$user.key")}}]
contexts: [{name: test, context: {cluster: test, user: $user}}]
current-context: test
YAML
done

# restrict_oom_score_adj: where root lacks CAP_SYS_RESOURCE, runc could not lower the score of a sandbox and would fail
# with nothing but `can't get final child's PID from pipe: EOF`.
cat >"$folder/containerd.toml" <<TOML
version = 2
root = "$folder/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "$containerd_socket"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "localhost/pause:1"
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$folder/cni"
TOML

cat >"$folder/cni/10-bridge.conflist" <<JSON
{ "cniVersion": "1.0.0", "name": "pods", "plugins": [
  { "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
    "ipam": { "type": "host-local", "ranges": [[{ "subnet": "$pod_range" }]],
              "routes": [{ "dst": "0.0.0.0/0" }], "dataDir": "$folder/ipam" } },
  { "type": "portmap", "capabilities": { "portMappings": true } } ] }
JSON

cat >"$folder/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$containerd_socket
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $folder/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $folder/pki/kubelet-serving.crt
tlsPrivateKeyFile: $folder/pki/kubelet-serving.key
clusterDomain: cluster.local
clusterDNS: [$dns_address]
resolvConf: $folder/resolv.conf
podLogsDir: $folder/pod-logs
volumePluginDir: $folder/volume-plugins
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
YAML

cat >"$folder/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: $folder/proxy.kubeconfig}
hostnameOverride: $node_name
clusterCIDR: $pod_range
bindAddress: $node_address
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
YAML

printf 'nameserver %s\n' "$world_dns_address" >"$folder/resolv.conf"

# Who of the pods asked the API server for what, and was it allowed: what a chart's roles are compared with.
cat >"$folder/audit.yaml" <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
  - {level: None, userGroups: ["system:serviceaccounts:kube-system"]}
  - {level: Metadata, userGroups: ["system:serviceaccounts"]}
  - {level: None}
YAML
