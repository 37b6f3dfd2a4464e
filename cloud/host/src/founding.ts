import type { Client } from "@kerbside/proto/base/client";
import { Fault } from "@kerbside/proto/base/fault";
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
    // Whoever has the address belongs to an organization.
    if (error instanceof Fault && ["organization_exists", "email_taken"].includes(error.code))
      throw new AlreadyFounded({ cause: error });
    if (error instanceof Fault && error.code === "invalid_request") throw new ConfigError(problemsOf(error));
    throw error;
  }
}

/** The first one was made before; the next are not made on a command line. */
class AlreadyFounded extends Error {
  constructor(options: ErrorOptions) {
    super("this installation has an organization already: its admin adds people with POST /v1/users", options);
    this.name = "AlreadyFounded";
  }
}

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
