import { z } from 'zod';
import type { ReadOpenIdConnect } from '../../auth/openid-connect.ts';
import { definePublicEndpoint, type Endpoint } from '../../http/endpoint.ts';

const signIn = z
  .strictObject({
    openIdConnect: z
      .strictObject({
        name: z.string().meta({ description: 'What people call it.' }),
        issuer: z.string(),
        clientId: z.string().meta({ description: 'A public client: it has no secret.' }),
        scopes: z.string(),
        authorizationEndpoint: z.string(),
        tokenEndpoint: z.string(),
        parameters: z
          .record(z.string(), z.string())
          .meta({ description: 'To be added to the request for a code, and to that for a token.' }),
        namesItself: z.boolean().meta({ description: 'Whether its answers carry `iss` (RFC 9207).' }),
        idTokenAlgorithms: z.array(z.string()),
      })
      .nullable()
      .meta({ description: 'Null when there is no other way than an API key.' }),
  })
  .meta({ id: 'SignIn' });

/** @param readOpenIdConnect shared with whatever else has to know the issuer */
export function getSignInEndpoint(readOpenIdConnect: ReadOpenIdConnect): Endpoint {
  return definePublicEndpoint({
    method: 'get',
    path: '/v1/ops/sign-in',
    operationId: 'getSignIn',
    tag: 'Operations',
    summary: 'Read with which OpenID provider staff can sign in, and how',
    description:
      'The token that comes of it is sent as `Authorization: Bearer …`, as an API key is. Nothing here is secret.',
    answers: { 200: { description: 'The ways to sign in', schema: signIn } },
    handle: async (_request, { environment }) => ({
      httpStatus: 200,
      body: { openIdConnect: await readOpenIdConnect(environment) },
    }),
  });
}
