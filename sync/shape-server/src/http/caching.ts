/** What answers say about being kept. */
export interface Caching {
  readonly initial: string;
  readonly catchUp: string;
  readonly live: string;
  readonly events: string;
  readonly subset: string;
  readonly refetch: string;
}

/** Nothing is kept: right behind a gatekeeper, and where a week-old first answer would name a handle that is gone. */
export const noCaching: Caching = {
  initial: "no-store",
  catchUp: "no-store",
  live: "no-store",
  events: "no-store",
  subset: "no-store",
  refetch: "no-store",
};

/** What Electric says, for deployments with a CDN of their own in front of public shapes. */
export function sharedCaching(maxAgeS = 60, staleAgeS = 300): Caching {
  return {
    initial: "public, max-age=604800, s-maxage=3600, stale-while-revalidate=2629746",
    catchUp: `public, max-age=${maxAgeS}, stale-while-revalidate=${staleAgeS}`,
    live: "public, max-age=5, stale-while-revalidate=5",
    events: "public, max-age=59",
    subset: "no-cache",
    refetch: "public, max-age=60, must-revalidate",
  };
}
