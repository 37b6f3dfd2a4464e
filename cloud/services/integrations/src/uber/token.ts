import { retryHeader } from "@kerbside/cloud-kit/http/problem";
import { dataSafety } from "@kerbside/cloud-kit/http/safety";
import type { Client } from "@kerbside/proto/base/client";
import { Fault } from "@kerbside/proto/base/fault";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";

export interface TokenPorts {
  readonly accounts: Pick<Client<typeof accountsRoutes>, "authenticateApiKey" | "issuePartnerToken">;
}

/** What OAuth's token endpoint refuses with (RFC 6749, 5.2). */
type OAuthError = "invalid_request" | "invalid_client" | "invalid_scope" | "unsupported_grant_type";

const bodyBytesMax = 8_192;

class TokenRefused extends Error {
  readonly code: OAuthError;

  constructor(code: OAuthError, description: string) {
    super(description);
    this.name = "TokenRefused";
    this.code = code;
  }
}

/**
 * OAuth 2 client credentials as Uber takes them: a form with id and secret. The token carries those of the scopes asked
 * for that the key has, since Uber's own client always asks for all there are (RFC 6749, 3.3, allows less).
 */
export async function answerToken(request: Request, { accounts }: TokenPorts): Promise<Response> {
  const headers = { ...dataSafety, "cache-control": "no-store", pragma: "no-cache" };
  try {
    return Response.json(await issue(await formOf(request), accounts), { headers });
  } catch (cause) {
    const { status, body } = refusalOf(cause);
    const again = cause instanceof Fault ? retryHeader({ status, details: cause.details }) : {};
    return Response.json(body, { status, headers: { ...headers, ...again } });
  }
}

async function issue(form: URLSearchParams, accounts: TokenPorts["accounts"]) {
  if (form.get("grant_type") !== "client_credentials") {
    throw new TokenRefused("unsupported_grant_type", "grant_type has to be client_credentials");
  }
  const credentials = { client_id: parameter(form, "client_id"), client_secret: parameter(form, "client_secret") };
  const asked = (form.get("scope") ?? "").split(/[\s+]+/).filter(Boolean);
  const key = await accounts.authenticateApiKey({ body: credentials });
  const scopes = asked.length === 0 ? key.scopes : key.scopes.filter((scope) => asked.includes(scope));
  if (scopes.length === 0) throw new TokenRefused("invalid_scope", "the key has none of these scopes");
  const token = await accounts.issuePartnerToken({ body: { ...credentials, scopes } });
  return {
    access_token: token.access_token,
    token_type: "Bearer",
    expires_in: token.expires_in_s,
    scope: token.scopes.join(" "),
  };
}

async function formOf(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) {
    throw new TokenRefused("invalid_request", "send a form: application/x-www-form-urlencoded");
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) throw new TokenRefused("invalid_request", "the form is too large");
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function parameter(form: URLSearchParams, name: "client_id" | "client_secret"): string {
  const value = form.get(name);
  if (value !== null && value !== "" && value.length <= 100) return value;
  throw new TokenRefused("invalid_request", `${name} is missing or too long`);
}

function refusalOf(cause: unknown): { readonly status: number; readonly body: object } {
  const refused = (status: number, error: string, error_description: string) => ({
    status,
    body: { error, error_description },
  });
  if (cause instanceof TokenRefused) return refused(400, cause.code, cause.message);
  if (!(cause instanceof Fault)) throw cause;
  if (cause.code === "key_refused") return refused(401, "invalid_client", cause.meaning.title);
  if (cause.meaning.status === 429) return refused(429, "temporarily_unavailable", cause.meaning.title);
  if (cause.meaning.status >= 500) return refused(503, "temporarily_unavailable", cause.meaning.title);
  return refused(400, "invalid_request", cause.meaning.title);
}
