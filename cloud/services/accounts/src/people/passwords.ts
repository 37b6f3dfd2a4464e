/** Turns passwords into what may be stored. Slow on purpose: its cost is a setting. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for another password and for a hash that is none of ours. */
  verify(password: string, hash: string): Promise<boolean>;
  /** Takes as long as `verify` and says no: for an e-mail that nobody has. */
  refuse(password: string): Promise<void>;
}
