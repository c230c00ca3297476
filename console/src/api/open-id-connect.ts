/**
 * Signing in with an OpenID provider: the code flow with PKCE of a public client. What has to be remembered between leaving and
 * coming back is in the session storage of this tab, and is used once.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  AuthorizationResponseError,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  None,
  processAuthorizationCodeResponse,
  ResponseBodyError,
  validateAuthResponse,
  type AuthorizationServer,
  type Client as OAuthClient,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { createClient } from './client.ts';
import { ProblemError } from './problem.ts';
import type { OpenIdConnect } from './types.ts';

/** A token, and where and until when it is good. */
export interface IssuedToken {
  readonly token: string;
  /** Null when the provider did not say. */
  readonly expiresAtMs: number | null;
  /** The part of the address after which signing in was asked for: `#/orders`. */
  readonly returnTo: string;
}

interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
}

const STORED = 'order-saga.sign-in';
const PAGE = '/console';

/** Null when there is no other way than a key. Rejects with ProblemError. */
export async function readOpenIdConnect(): Promise<OpenIdConnect | null> {
  const { openIdConnect } = await createClient(null).get<{ openIdConnect: OpenIdConnect | null }>(
    '/v1/ops/sign-in',
  );
  return openIdConnect;
}

/** Browsers have what this needs on https:// and on this machine only. */
export function canSignInHere(): boolean {
  return globalThis.isSecureContext;
}

/**
 * Leaves the page for the provider's.
 * @param askAgain whether the provider shall ask who it is even if it knows: after somebody has signed out
 */
export async function leaveToSignIn(provider: OpenIdConnect, askAgain: boolean): Promise<void> {
  const attempt: Attempt = {
    state: generateRandomState(),
    nonce: generateRandomNonce(),
    codeVerifier: generateRandomCodeVerifier(),
    returnTo: globalThis.location.hash,
  };
  const address = new URL(provider.authorizationEndpoint);
  const parameters: Readonly<Record<string, string>> = {
    ...provider.parameters,
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri(),
    scope: provider.scopes,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await calculatePKCECodeChallenge(attempt.codeVerifier),
    code_challenge_method: 'S256',
    ...(askAgain ? { prompt: 'login' } : {}),
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  sessionStorage.setItem(STORED, JSON.stringify(attempt));
  globalThis.location.assign(address);
}

/** What a provider has answered in the address of this page; null when nobody comes from one. It is taken out of the address. */
export function takeAnswer(): URLSearchParams | null {
  const { search, hash } = globalThis.location;
  const answer = new URLSearchParams(search);
  if (!answer.has('code') && !answer.has('error')) return null;
  globalThis.history.replaceState(null, '', `${PAGE}${hash}`);
  return answer;
}

/**
 * Exchanges what the provider has answered for a token, once.
 * @param answer as {@link takeAnswer} gave it
 * @throws ProblemError when the answer is not to what this tab has asked, or the provider refuses
 */
export async function exchangeAnswer(provider: OpenIdConnect, answer: URLSearchParams): Promise<IssuedToken> {
  const attempt = takeAttempt();
  if (attempt === null || answer.get('state') !== attempt.state) throw new ProblemError(NOT_ASKED_FOR);
  globalThis.history.replaceState(null, '', `${PAGE}${attempt.returnTo}`);
  try {
    const { access_token: token, expires_in: seconds } = await exchange(provider, answer, attempt);
    const expiresAtMs = seconds === undefined ? null : Date.now() + seconds * 1_000;
    return { token, expiresAtMs, returnTo: attempt.returnTo };
  } catch (error) {
    throw new ProblemError({ ...REFUSED, detail: sayWhy(provider, error) });
  }
}

function exchange(
  provider: OpenIdConnect,
  answer: URLSearchParams,
  attempt: Attempt,
): Promise<TokenEndpointResponse> {
  const server: AuthorizationServer = {
    issuer: provider.issuer,
    token_endpoint: provider.tokenEndpoint,
    authorization_response_iss_parameter_supported: provider.namesItself,
    id_token_signing_alg_values_supported: [...provider.idTokenAlgorithms],
  };
  const client: OAuthClient = { client_id: provider.clientId };
  const code = validateAuthResponse(server, client, answer, attempt.state);
  return authorizationCodeGrantRequest(server, client, None(), code, redirectUri(), attempt.codeVerifier, {
    additionalParameters: { ...provider.parameters },
    // The service names an issuer without encryption on its own machine only.
    [allowInsecureRequests]: provider.tokenEndpoint.startsWith('http:'),
  }).then((response) =>
    processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: attempt.nonce,
      requireIdToken: true,
    }),
  );
}

function takeAttempt(): Attempt | null {
  const text = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  return text === null ? null : (JSON.parse(text) as Attempt);
}

function redirectUri(): string {
  return `${globalThis.location.origin}${PAGE}`;
}

function sayWhy({ name }: OpenIdConnect, error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
    return `${name} says: ${error.error_description ?? error.error}`;
  if (error instanceof TypeError)
    return `${name} cannot be reached, or does not let this page ask it for a token. Try again; if it stays so, tell who looks after it.`;
  const reason = error instanceof Error ? error.message : String(error);
  return `What ${name} answered cannot be used: ${reason}`;
}

const NOBODY_ASKED = { status: null, requestId: null, fields: [], possible: [] } as const;

const NOT_ASKED_FOR = {
  ...NOBODY_ASKED,
  title: 'This was not asked for here',
  detail: 'The answer of the provider does not belong to a sign-in that was begun in this tab. Begin again.',
  code: 'SIGN_IN_NOT_ASKED_FOR',
};

const REFUSED = { ...NOBODY_ASKED, title: 'Nobody was signed in', code: 'SIGN_IN_REFUSED' };
