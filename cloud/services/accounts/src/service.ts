import { consumer, defineService } from "@kerbside/cloud-kit/service";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { PgAuditLog } from "./audit/audit-log.pg.ts";
import { auditHandlers } from "./audit/handlers.ts";
import { happeningsOf } from "./happenings.ts";
import { partnerAuthenticator } from "./keys/authenticator.ts";
import { PgCredentials } from "./keys/credentials.pg.ts";
import { keyHandlers } from "./keys/handlers.ts";
import { PgKeys } from "./keys/keys.pg.ts";
import { RateLimit } from "./keys/rate-limit.ts";
import { peopleHandlers } from "./people/handlers.ts";
import { welcomeWith } from "./people/newcomer.ts";
import { openingHandlers } from "./people/opening.ts";
import { ScryptPasswords } from "./people/passwords.scrypt.ts";
import { PgPeople } from "./people/people.pg.ts";
import { sessionAuthenticator } from "./sessions/authenticator.ts";
import { SessionCookie } from "./sessions/cookie.ts";
import { sessionHandlers } from "./sessions/handlers.ts";
import { PgSessions } from "./sessions/sessions.pg.ts";
import { signInWith } from "./sessions/sign-in.ts";
import { SignInLimit } from "./sessions/sign-in-limit.pg.ts";
import { parseSettings } from "./settings.ts";

/** Organizations, people and their sessions, partners and their keys, and the audit log of everything privileged. */
export const accounts = defineService({
  name: "accounts",
  routes: accountsRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: ({ db, clock, rng, newId, settings, publicUrl, log, metrics }) => {
    const { passwordCostLog2, partnerRate } = parseSettings(settings["accounts"]);
    const audit = new PgAuditLog({ db, clock, newId });
    const people = new PgPeople({ db, clock, audit });
    const passwords = new ScryptPasswords({ rng, costLog2: passwordCostLog2 });
    const welcome = welcomeWith({ passwords, rng });
    const sessions = new PgSessions({ db, clock, rng, audit });
    const happenings = happeningsOf(log, metrics);
    const signIn = signInWith({ people, passwords, limit: new SignInLimit({ db, clock }), sessions, happenings });
    const keys = new PgKeys({ db, clock, audit });
    const credentials = new PgCredentials({ db, clock, rng });
    const cookie = new SessionCookie(publicUrl);
    return {
      handlers: {
        ...sessionHandlers({ people, passwords, sessions, signIn, cookie, publicUrl, happenings }),
        ...openingHandlers({ people, welcome, newId }),
        ...peopleHandlers({ people, passwords, welcome, rng }),
        ...keyHandlers({ keys, credentials, people, rng, newId, happenings }),
        ...auditHandlers(audit),
      },
      authenticators: [
        sessionAuthenticator({ sessions, cookie, publicUrl }),
        partnerAuthenticator(credentials, new RateLimit(partnerRate, clock)),
      ],
      consumers: [consumer(auditEntry, (event, tx) => audit.hear(tx, event))],
    };
  },
});
