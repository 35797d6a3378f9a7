// The certified `oidc-provider` on a free loopback port, with its own login and consent pages.
// usage: oidc-provider.mjs …/node_modules/oidc-provider/lib/index.js
// Says where it is in one line of JSON, and ends when its standard input is closed.
import { createServer } from 'node:http';

const { Provider } = await import(process.argv[2]);

const client = {
  application_type: 'native', // RFC 8252 §7.3: the port of a loopback redirect may vary
  redirect_uris: ['http://127.0.0.1/authorization'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};
const confidential = {
  client_id: 'confidential',
  client_secret: 'a+b/c%d:e f&g=h', // RFC 6749 §2.3.1: form-encoded before Basic, or it is refused
  token_endpoint_auth_method: 'client_secret_basic',
};
const open = { client_id: 'public', token_endpoint_auth_method: 'none' };

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [confidential, open].map((own) => ({ ...client, ...own })),
    scopes: ['api:read', 'api:write'],
    pkce: { methods: ['S256'], required: () => true },
    issueRefreshToken: () => true,
    rotateRefreshToken: true, // one that was used before ends the whole login (RFC 9700 §4.14.2)
    features: { revocation: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['only for tests'] },
  });
  server.on('request', provider.callback());
  console.log(JSON.stringify({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/token/revocation`,
    userinfo_endpoint: `${issuer}/me`,
    client_id: confidential.client_id,
    client_secret: confidential.client_secret,
    public_client_id: open.client_id,
  }));
});

process.stdin.resume().on('end', () => process.exit(0));
