#!/usr/bin/env bash
# The API server's command, one word a line: for the start, and for starting it again after it was killed.
set -euo pipefail
folder=$1
# shellcheck source=test/cluster/node/plan.sh
. "$(dirname "$0")/plan.sh"
pki=$folder/pki
cat <<WORDS
kube-apiserver
--etcd-servers=http://127.0.0.1:2379
--secure-port=$api_port
--bind-address=0.0.0.0
--advertise-address=$node_address
--tls-cert-file=$pki/apiserver.crt
--tls-private-key-file=$pki/apiserver.key
--client-ca-file=$pki/ca.crt
--kubelet-client-certificate=$pki/api-to-kubelet.crt
--kubelet-client-key=$pki/api-to-kubelet.key
--kubelet-certificate-authority=$pki/ca.crt
--kubelet-preferred-address-types=InternalIP
--service-account-issuer=https://kubernetes.default.svc
--service-account-key-file=$pki/service-accounts.pub
--service-account-signing-key-file=$pki/service-accounts.key
--service-cluster-ip-range=$service_range
--authorization-mode=Node,RBAC
--enable-admission-plugins=NodeRestriction
--allow-privileged=true
--audit-policy-file=$folder/audit.yaml
--audit-log-path=$folder/logs/audit.log
WORDS
