/** What the clients of both AWS services share. */
export interface AwsEndpoint {
  readonly region: string;
  /** Only for an endpoint that is not Amazon's. */
  readonly endpointUrl?: string | undefined;
}

/**
 * Every call ends in bounded time: 2 s to connect and `requestTimeoutMs` for the answer, tried twice at the most. The
 * loops above try again for ever, with a backoff that is theirs.
 */
export function awsClientOptions(endpoint: AwsEndpoint, requestTimeoutMs: number) {
  return {
    region: endpoint.region,
    ...(endpoint.endpointUrl === undefined ? {} : { endpoint: endpoint.endpointUrl }),
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 2000,
      requestTimeout: requestTimeoutMs,
      // Without this the SDK only writes a warning and goes on waiting.
      throwOnRequestTimeout: true,
    },
  };
}
