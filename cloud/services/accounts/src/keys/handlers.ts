import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers } from "@kerbside/cloud-kit/service";
import { asking, found, granted, ownerFor, seen } from "@kerbside/proto/base/refuse";
import type { Rng } from "@kerbside/proto/base/rng";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import type { Happenings } from "../happenings.ts";
import type { PgPeople } from "../people/people.pg.ts";
import { newSecret, secretPrefixes } from "../secrets.ts";
import { scopesFor, type ShownKey, tokenLifeMs } from "./api-key.ts";
import type { PgCredentials } from "./credentials.pg.ts";
import type { PgKeys } from "./keys.pg.ts";

export interface KeyHandlersParts {
  readonly keys: PgKeys;
  readonly credentials: PgCredentials;
  readonly people: PgPeople;
  readonly rng: Rng;
  readonly newId: () => string;
  readonly happenings: Happenings;
}

type KeyHandlers = Pick<
  Handlers<typeof accountsRoutes>,
  "createApiKey" | "listApiKeys" | "rotateApiKey" | "revokeApiKey" | "authenticateApiKey" | "issuePartnerToken"
>;

interface ClientCredentials {
  readonly client_id: string;
  readonly client_secret: string;
}

export function keyHandlers(parts: KeyHandlersParts): KeyHandlers {
  const { keys, credentials, people, rng, newId, happenings } = parts;
  const secretFor = ({ live }: { live: boolean }) => newSecret(rng, live ? secretPrefixes.live : secretPrefixes.test);
  async function shownKey({ client_id, client_secret }: ClientCredentials): Promise<ShownKey> {
    const key = await credentials.byClient(client_id, client_secret);
    if (!key) happenings.keyRefused(client_id);
    return found(key, "key_refused");
  }
  return {
    async createApiKey({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id: named, partner_id = newId(), ...fields } = body;
      const organization = found(await people.findOrganization(ownerFor(by, named)), "organization_not_found");
      const { organization_id } = organization;
      const made = { ...fields, key_id: operationId, client_id: clientId(rng), partner_id, organization_id };
      const client_secret = secretFor(made);
      return { key: granted(await keys.add(made, client_secret, doerOf(by, requestId))), client_secret };
    },
    async listApiKeys({ query, principal }) {
      const { organization_id, partner_id: partnerId, ...asked } = query;
      return keys.list(ownerFor(asking(principal), organization_id), { ...asked, partnerId });
    },
    async rotateApiKey({ params, principal, requestId }) {
      const by = asking(principal);
      const key = seen(by, await keys.find(params.key_id), "key_not_found");
      const client_secret = secretFor(key);
      return { key: granted(await keys.rotate(key, client_secret, doerOf(by, requestId))), client_secret };
    },
    async revokeApiKey({ params, principal, requestId }) {
      const by = asking(principal);
      return keys.revoke(seen(by, await keys.find(params.key_id), "key_not_found"), doerOf(by, requestId));
    },
    async authenticateApiKey({ body }) {
      return toPartner(await shownKey(body));
    },
    async issuePartnerToken({ body }) {
      const key = await shownKey(body);
      const scopes = [...granted(scopesFor(key, body.scopes))];
      const access_token = await credentials.issueToken(key.keyId, scopes);
      return { access_token, expires_in_s: tokenLifeMs / 1_000, scopes, partner: { ...toPartner(key), scopes } };
    },
  };
}

/** As Uber's: opaque, 32 characters. */
function clientId(rng: Rng): string {
  return newSecret(rng).slice(0, 32);
}

function toPartner({ partnerId, organizationId, keyId, scopes, live }: ShownKey) {
  return { partner_id: partnerId, organization_id: organizationId, key_id: keyId, scopes: [...scopes], live };
}
