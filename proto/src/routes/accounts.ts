import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { routes } from "../base/endpoint.ts";
import { partnerScopes, roles } from "../base/roles.ts";
import { Instant } from "../base/time.ts";

const Name = z.string().trim().min(1).max(100);
const Email = z.string().max(300).trim().toLowerCase().pipe(z.email().max(200));
const StoreIds = z.array(z.uuid()).max(500);
const UserId = z.object({ user_id: z.uuid() });
const KeyId = z.object({ key_id: z.uuid() });

/** Only a service may speak for an organization that is not its own; it has to name one. */
const ForOrganization = z.object({ organization_id: z.uuid().optional() });
const Page = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** The shortest password that a person may choose. Those we generate have 100 bits of chance and more. */
export const passwordLengthMin = 12;
const NewPassword = z.string().min(passwordLengthMin).max(200);

export const Organization = z
  .object({ organization_id: z.uuid(), name: z.string(), created_at: Instant })
  .meta({ id: "Organization" });
export type Organization = z.infer<typeof Organization>;

/** A person who can sign in. Somebody who is disabled cannot, and their sessions have ended. */
export const User = z
  .object({
    user_id: z.uuid(),
    organization_id: z.uuid(),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    /** The stores that a merchant's person works for; empty for everybody else. */
    store_ids: z.array(z.uuid()),
    created_at: Instant,
    signed_in_at: Instant.nullable(),
    disabled_at: Instant.nullable(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

const NewUser = z.object({
  email: Email,
  name: Name,
  role: z.enum(roles),
  store_ids: StoreIds.default([]),
});

/** Shown once: we keep a slow hash. Null where the user was there already. */
const UserWithPassword = z.object({ user: User, password: z.string().nullable() });

export const Session = z
  .object({ user: User, organization: Organization, expires_at: Instant })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

/** A program's credential. It speaks for a partner, which outlives its keys. */
export const ApiKey = z
  .object({
    key_id: z.uuid(),
    organization_id: z.uuid(),
    partner_id: z.uuid(),
    partner_name: z.string(),
    name: z.string(),
    client_id: z.string(),
    scopes: z.array(z.enum(partnerScopes)),
    /** False for a test key, which touches test data only. */
    live: z.boolean(),
    created_at: Instant,
    /** To the minute. */
    last_used_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

/** Shown once: we keep a hash. It is a bearer token by itself, and the secret of OAuth's client credentials. */
const ApiKeyWithSecret = z.object({ key: ApiKey, client_secret: z.string() });

export const AuditEntry = z
  .object({
    entry_id: z.uuid(),
    organization_id: z.uuid().nullable(),
    actor: Actor,
    /** What was done, such as `users/disabled`: a service's noun and a past participle. */
    action: z.string(),
    subject_kind: z.string(),
    subject_id: z.string(),
    details: z.record(z.string(), z.unknown()),
    /** The request in which it was asked for, as its answer named it (`x-request-id`), or the event that led to it. */
    causation_id: z.string().nullable(),
    event_time: Instant,
    recorded_time: Instant,
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;

const ClientCredentials = z.object({ client_id: z.string().max(100), client_secret: z.string().max(200) });

/** Fields of the `partner` principal. `partner_id` is the principal's id: keys come and go, what they ordered stays. */
const PartnerPrincipal = z.object({
  partner_id: z.uuid(),
  organization_id: z.uuid(),
  key_id: z.uuid(),
  scopes: z.array(z.string()),
  live: z.boolean(),
});

export const accountsRoutes = routes({
  /** Answers with a session cookie: HttpOnly, SameSite=Lax, and Secure where we are reached by https. */
  signIn: {
    method: "post",
    path: "/v1/session",
    summary: "Sign in with e-mail and password; after ten failures in 15 minutes an address or a name has to wait",
    access: "public",
    body: z.object({ email: Email, password: z.string().min(1).max(200) }),
    reply: Session,
    status: 201,
    faults: ["login_refused", "rate_limited", "forbidden"],
  },
  getSession: {
    method: "get",
    path: "/v1/session",
    summary: "Who is signed in",
    access: ["user"],
    reply: Session,
    faults: [],
  },
  /** Takes the cookie back, too. */
  signOut: {
    method: "delete",
    path: "/v1/session",
    summary: "End this session",
    access: ["user"],
    reply: null,
    faults: [],
  },
  changePassword: {
    method: "post",
    path: "/v1/session/password",
    summary: "Choose a new password; every other session of this user ends",
    access: ["user"],
    body: z.object({ current_password: z.string().min(1).max(200), new_password: NewPassword }),
    reply: null,
    faults: ["login_refused", "rate_limited"],
  },
  /** The same again, by `organization_id`, adds who is missing and answers `password: null` for who was there. */
  createOrganization: {
    method: "post",
    path: "/v1/organizations",
    summary: "A new tenant with its first people, whose generated passwords are shown once",
    access: ["service"],
    body: z.object({
      organization_id: z.uuid().optional(),
      name: Name,
      /** Refuses where there is any organization. */
      is_first: z.boolean().default(false),
      users: z.array(NewUser).min(1).max(50),
    }),
    reply: z.object({ organization: Organization, users: z.array(UserWithPassword) }),
    status: 201,
    faults: ["email_taken", "organization_exists"],
    internal: true,
  },
  listUsers: {
    method: "get",
    path: "/v1/users",
    summary: "The people of the organization, oldest first",
    access: ["user:admin"],
    query: Page,
    reply: z.object({ items: z.array(User), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  createUser: {
    method: "post",
    path: "/v1/users",
    summary: "Add a person; the generated password is shown once",
    access: ["user:admin", "service"],
    body: NewUser.extend(ForOrganization.shape),
    reply: UserWithPassword,
    status: 201,
    faults: ["email_taken", "forbidden", "organization_not_found"],
  },
  updateUser: {
    method: "patch",
    path: "/v1/users/{user_id}",
    summary: "Change what a person may do; whoever is disabled is signed out at once",
    access: ["user:admin"],
    params: UserId,
    body: z.object({
      name: Name.optional(),
      role: z.enum(roles).optional(),
      store_ids: StoreIds.optional(),
      disabled: z.boolean().optional(),
    }),
    reply: User,
    faults: ["user_not_found", "last_admin"],
  },
  resetPassword: {
    method: "post",
    path: "/v1/users/{user_id}/password",
    summary: "A new generated password, shown once; every session of this user ends",
    access: ["user:admin"],
    params: UserId,
    reply: UserWithPassword,
    faults: ["user_not_found"],
  },
  endSessions: {
    method: "delete",
    path: "/v1/users/{user_id}/sessions",
    summary: "Sign a person out everywhere",
    access: ["user:admin"],
    params: UserId,
    reply: null,
    faults: ["user_not_found"],
  },
  createApiKey: {
    method: "post",
    path: "/v1/api-keys",
    summary: "A key for a partner, whose secret is shown once",
    access: ["user:admin", "service"],
    body: z
      .object({
        /** A further key of this partner, or the id of a new one. Where silent, a new partner with an id of ours. */
        partner_id: z.uuid().optional(),
        partner_name: Name,
        name: Name.default("default"),
        scopes: z.array(z.enum(partnerScopes)).min(1).max(10).default(["eats.deliveries"]),
        live: z.boolean().default(true),
      })
      .extend(ForOrganization.shape),
    reply: ApiKeyWithSecret,
    status: 201,
    faults: ["forbidden", "organization_not_found", "partner_not_found"],
  },
  listApiKeys: {
    method: "get",
    path: "/v1/api-keys",
    summary: "Keys of the organization's partners, oldest first, revoked ones among them",
    access: ["user:admin", "service"],
    query: Page.extend({ partner_id: z.uuid().optional() }).extend(ForOrganization.shape),
    reply: z.object({ items: z.array(ApiKey), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  rotateApiKey: {
    method: "post",
    path: "/v1/api-keys/{key_id}/rotate",
    summary: "A new secret for a key; the old one keeps working for 24 hours",
    access: ["user:admin"],
    params: KeyId,
    reply: ApiKeyWithSecret,
    faults: ["key_not_found", "key_revoked"],
  },
  revokeApiKey: {
    method: "post",
    path: "/v1/api-keys/{key_id}/revoke",
    summary: "Refuse a key and every token it was given from now on",
    access: ["user:admin"],
    params: KeyId,
    reply: ApiKey,
    faults: ["key_not_found"],
  },
  listAuditEntries: {
    method: "get",
    path: "/v1/audit",
    summary: "Everything privileged that was done in the organization, newest first",
    access: ["user:admin"],
    query: Page.extend({
      actor_id: z.string().max(100).optional(),
      action: z.string().max(100).optional(),
      subject_id: z.string().max(100).optional(),
      after: Instant.optional(),
      before: Instant.optional(),
    }),
    reply: z.object({ items: z.array(AuditEntry), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  authenticateApiKey: {
    method: "post",
    path: "/v1/internal/api-keys/authenticate",
    summary: "Whom a client id and its secret speak for",
    access: ["service"],
    body: ClientCredentials,
    reply: PartnerPrincipal,
    faults: ["key_refused"],
    internal: true,
  },
  /** OAuth 2 client credentials (RFC 6749, 4.4) for the façades that carry them. A key has at most 100 tokens; the oldest give way. */
  issuePartnerToken: {
    method: "post",
    path: "/v1/internal/partner-tokens",
    summary: "A bearer token against a client id and its secret, for all of the key's scopes or some",
    access: ["service"],
    body: ClientCredentials.extend({ scopes: z.array(z.string().max(100)).max(20).optional() }),
    reply: z.object({
      access_token: z.string(),
      expires_in_s: z.int(),
      scopes: z.array(z.string()),
      partner: PartnerPrincipal,
    }),
    faults: ["key_refused", "scope_refused"],
    internal: true,
  },
});
