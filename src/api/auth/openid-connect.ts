/** What the console has to know of the issuer with which people sign in, read from the issuer itself and kept for a while. */
import {
  allowInsecureRequests,
  discoveryRequest,
  processDiscoveryResponse,
  type AuthorizationServer,
} from 'oauth4webapi';
import type { ApiEnvironment } from '../../config/env.ts';
import { unavailable } from '../http/errors.ts';

/** The issuer is asked again after this time; what it says changes about never. */
const KEPT_MS = 10 * 60_000;
/** Who asks in this time after a failure gets the same answer, so that an issuer that is away makes no page slow. */
const FAILURE_KEPT_MS = 3_000;
const DISCOVERY_TIMEOUT_MS = 2_000;

/** Public, all of it: it goes to browsers that nobody has signed in with. */
export interface OpenIdConnect {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** What the operator of this service wants to have added to both requests. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether its answers name it (RFC 9207): one that does not is refused then. */
  readonly namesItself: boolean;
  readonly idTokenAlgorithms: readonly string[];
}

/**
 * Null when none is configured.
 * @throws CatalogueError UNAVAILABLE when the issuer does not answer, or says what cannot be used
 */
export type ReadOpenIdConnect = (environment: ApiEnvironment) => Promise<OpenIdConnect | null>;

/** @param nowMs a clock that never goes back, milliseconds */
export function createReadOpenIdConnect(nowMs: () => number = () => performance.now()): ReadOpenIdConnect {
  let kept: { readonly reading: Promise<OpenIdConnect>; untilMs: number } | undefined;
  return async (environment) => {
    const { OIDC_CLIENT_ID: clientId, JWT_ISSUER: issuer } = environment;
    if (clientId === undefined || issuer === undefined) return null;
    if (kept === undefined || kept.untilMs <= nowMs()) {
      const asked = { reading: discover(environment, clientId, issuer), untilMs: nowMs() + KEPT_MS };
      // Whoever asked is told; here it is only noted that it is worth asking again.
      asked.reading.catch(() => (asked.untilMs = nowMs() + FAILURE_KEPT_MS));
      kept = asked;
    }
    return kept.reading;
  };
}

async function discover(
  environment: ApiEnvironment,
  clientId: string,
  issuer: string,
): Promise<OpenIdConnect> {
  const address = new URL(issuer);
  try {
    const response = await discoveryRequest(address, {
      algorithm: 'oidc',
      signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
      // The environment takes http:// for an issuer on this machine only.
      [allowInsecureRequests]: address.protocol === 'http:',
    });
    const server = await processDiscoveryResponse(address, response);
    return {
      name: environment.OIDC_NAME ?? address.host,
      issuer: server.issuer,
      clientId,
      scopes: environment.OIDC_SCOPES,
      authorizationEndpoint: endpointOf(server, 'authorization_endpoint', address),
      tokenEndpoint: endpointOf(server, 'token_endpoint', address),
      parameters: environment.OIDC_PARAMETERS ?? {},
      namesItself: server.authorization_response_iss_parameter_supported === true,
      idTokenAlgorithms: server.id_token_signing_alg_values_supported ?? ['RS256'],
    };
  } catch (error) {
    throw unavailable(
      `${environment.OIDC_NAME ?? address.host} cannot be asked how to sign in at the moment. An API key works all the same.`,
      error,
    );
  }
}

/** A browser is sent there, so nothing but an address of the web is taken. @throws Error naming the endpoint */
function endpointOf(
  server: AuthorizationServer,
  name: 'authorization_endpoint' | 'token_endpoint',
  issuer: URL,
): string {
  const endpoint = URL.parse(server[name] ?? '');
  if (endpoint === null || (endpoint.protocol !== 'https:' && endpoint.protocol !== issuer.protocol))
    throw new Error(`The discovery document of ${issuer.href} has no ${name} that can be used`);
  return endpoint.href;
}
