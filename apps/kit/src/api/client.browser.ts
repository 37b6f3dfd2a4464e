import type { Client } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import type { Routes } from "@kerbside/proto/base/endpoint";

/** The typed client of a service at this page's own origin; the session's cookie goes along. */
export function apiClient<R extends Routes>(routes: R, headers?: () => Readonly<Record<string, string>>): Client<R> {
  return createClient(routes, { baseUrl: window.location.origin, ...(headers && { headers }) });
}
