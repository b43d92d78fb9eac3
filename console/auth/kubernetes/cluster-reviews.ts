/** Somebody as the API server knows them. */
export interface ClusterUser {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What is asked of the cluster's RBAC; all of it is about objects of Saccade. */
export interface ClusterAction {
  readonly verb: 'get' | 'create' | '*';
  readonly resource: 'packetcaptures' | 'silences' | '*';
  /** undefined: in all namespaces. */
  readonly namespace?: string | undefined;
}

/** The API server's word on people. Each rejects where it does not answer. */
export interface ClusterReviews {
  /** undefined: the token is nobody's. */
  userOf(token: string): Promise<ClusterUser | undefined>;
  mayDo(user: ClusterUser, action: ClusterAction): Promise<boolean>;
}
