/** Addresses and names of every test cluster; the same as node/plan.sh, which a test compares. */
export const clusterPlan = {
  nodeName: 'node1',
  nodeAddress: '10.99.0.1',
  apiPort: 6443,
  apiServiceAddress: '10.0.0.1',
  serviceRange: '10.0.0.0/16',
  dnsAddress: '10.0.0.10',
  podRange: '10.244.0.0/24',
  gatewayAddress: '10.99.0.254',
  /** Every address of it is in the namespace `world`, outside of the cluster. */
  worldRange: '203.0.113.0/24',
  worldAddress: '203.0.113.1',
  /** The server that the cluster's DNS asks for names that are not its own. */
  worldDnsAddress: '203.0.113.53',
  containerdSocket: '/run/containerd/containerd.sock',
} as const;
