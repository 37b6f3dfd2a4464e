import "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Superuser URL of one embedded PostgreSQL for the whole run; each test file makes its own database in it. */
    postgresUrl: string;
  }
}
