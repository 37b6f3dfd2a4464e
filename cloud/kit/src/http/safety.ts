/** What an answer that is data tells a browser: nothing in it is to be run, framed, or taken for something else. */
export const dataSafety = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
} as const;
