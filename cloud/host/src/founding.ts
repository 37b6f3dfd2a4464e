import type { Client } from "@kerbside/proto/base/client";
import { Fault } from "@kerbside/proto/base/fault";
import type { FaultCode } from "@kerbside/proto/base/faults";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { ConfigError } from "./config.ts";

/** Who opens an installation. */
export interface Founding {
  readonly name: string;
  readonly email: string;
  /** The admin's own name. */
  readonly person: string;
}

export interface Founded {
  readonly organization_id: string;
  readonly name: string;
  readonly email: string;
  /** We keep a slow hash: nobody can show it again. */
  readonly password: string;
}

/** Makes the first organization with its first admin. Throws where there is one already. */
export async function foundWith(
  accounts: Pick<Client<typeof accountsRoutes>, "createOrganization">,
  { name, email, person }: Founding,
): Promise<Founded> {
  const users = [{ name: person, email, role: "admin" as const }];
  try {
    const { organization, users: people } = await accounts.createOrganization({
      body: { name, is_first: true, users },
    });
    const [admin] = people;
    if (!admin?.password) throw new Error(`nobody was made who could sign in to ${organization.name}`);
    const { organization_id } = organization;
    return { organization_id, name: organization.name, email: admin.user.email, password: admin.password };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "invalid_request") throw new ConfigError(problemsOf(error));
    throw new NotFounded(refusals[error.code] ?? error.message, { cause: error });
  }
}

/** Why it was not made, in words for whoever asked on a terminal. */
class NotFounded extends Error {
  constructor(words: string, options: ErrorOptions) {
    super(words, options);
    this.name = "NotFounded";
  }
}

const isThere = "this installation has an organization already: its admin adds people with POST /v1/users";
const refusals: Readonly<Partial<Record<FaultCode, string>>> = {
  organization_exists: isThere,
  // Whoever has the address belongs to an organization.
  email_taken: isThere,
  unauthenticated: "the host that runs on this folder has another secret: give the KERBSIDE_SECRET that it was given",
  not_found: "the host that runs on this folder does not run accounts: ask on the folder of the one that does",
};

const flags: Readonly<Record<string, string>> = {
  "/name": "--name",
  "/users/0/email": "--email",
  "/users/0/name": "--person",
};

function problemsOf({ message, errors }: Fault): readonly string[] {
  if (errors.length === 0) return [message];
  return errors.map(({ pointer, message: words }) => `${flags[pointer] ?? pointer}: ${words}`);
}

/** What the terminal shows. */
export function foundingText({ organization_id, name, email, password }: Founded): string {
  return `organization  ${name} (${organization_id})
sign in as    ${email}
password      ${password}

The password is shown this once. Another one is chosen with POST /v1/session/password.
`;
}
