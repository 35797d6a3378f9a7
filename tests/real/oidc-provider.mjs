// The certified `oidc-provider` on a free loopback port, with its own login and consent pages.
// usage: oidc-provider.mjs …/node_modules/oidc-provider/lib/index.js [{"path": "…", "scopes": […], "methods": […]}]
// Says where it is in one line of JSON, then in one line each how a client authenticated itself at the token endpoint,
// and ends when its standard input is closed.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

const { Provider, errors } = await import(process.argv[2]);
const {
  path = '', // of the issuer
  scopes = ['openid', 'profile', 'api:read', 'api:write'],
  methods = ['client_secret_basic', 'client_secret_post', 'none'],
} = JSON.parse(process.argv[3] ?? '{}');

const client = {
  application_type: 'native', // RFC 8252 §7.3: the port of a loopback redirect may vary
  redirect_uris: ['http://127.0.0.1/authorization'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};
const confidential = {
  client_id: 'confidential',
  client_secret: 'a:b+c/%d e&f=g', // RFC 6749 §2.3.1: form-encoded before Basic, or it is refused
  token_endpoint_auth_method: methods[0],
};
const open = { client_id: 'public', token_endpoint_auth_method: 'none' };
// Each signs its id_tokens by the algorithm that it is called after.
const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const signed = algorithms.map((alg) => ({ ...open, client_id: alg, id_token_signed_response_alg: alg }));

const key = (type, options) => generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
const keys = [key('rsa', { modulusLength: 2048 }), key('ec', { namedCurve: 'P-256' }), key('ed25519')];

// RFC 8707: the one resource that there are tokens for.
const resource = 'https://api.example/';
function getResourceServerInfo(_, indicator) {
  if (indicator !== resource) throw new errors.InvalidTarget();
  return { scope: 'api:read api:write', audience: resource, accessTokenFormat: 'jwt' };
}

const say = (line) => console.log(JSON.stringify(line));
const server = createServer().listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const issuer = origin + path;
  const clients = [confidential, ...(methods.includes('none') ? [open, ...signed] : [])];
  const provider = new Provider(issuer, {
    clients: clients.map((own) => ({ ...client, ...own })),
    clientAuthMethods: methods,
    scopes,
    claims: { profile: ['name'] },
    pkce: { methods: ['S256'], required: () => true },
    // Where `offline_access` is known, it has to be asked for; elsewhere everybody gets one.
    issueRefreshToken: (_, __, code) => !scopes.includes('offline_access') || code.scopes.has('offline_access'),
    rotateRefreshToken: true, // one that was used before ends the whole login (RFC 9700 §4.14.2)
    features: {
      revocation: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo },
    },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    jwks: { keys },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Marianne' }) }),
    cookies: { keys: ['only for tests'] },
  });
  provider.on('grant.success', (ctx) => say({
    grant: ctx.oidc.params.grant_type,
    by: ctx.get('authorization') ? 'client_secret_basic' : ctx.oidc.body.client_secret ? 'client_secret_post' : 'none',
  }));
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith(`${path}/`)) return response.writeHead(404).end();
    request.originalUrl = request.url;
    request.url = request.url.slice(path.length);
    return answer(request, response);
  });
  say({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/token/revocation`,
    userinfo_endpoint: `${issuer}/me`,
    client_id: confidential.client_id,
    client_secret: confidential.client_secret,
    public_client_id: open.client_id,
  });
});

process.stdin.resume().on('end', () => process.exit(0));
