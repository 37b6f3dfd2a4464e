import type { Client } from "@kerbside/proto/base/client";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import type { Partners } from "./handlers.ts";

/** A partner comes into being with its first key, and its keys are never forgotten. */
export class AccountsPartners implements Partners {
  readonly #accounts: Pick<Client<typeof accountsRoutes>, "listApiKeys">;

  constructor(accounts: Pick<Client<typeof accountsRoutes>, "listApiKeys">) {
    this.#accounts = accounts;
  }

  async isOf(partnerId: string, organizationId: string): Promise<boolean> {
    const query = { organization_id: organizationId, partner_id: partnerId, limit: 1 };
    return (await this.#accounts.listApiKeys({ query })).items.length > 0;
  }
}
