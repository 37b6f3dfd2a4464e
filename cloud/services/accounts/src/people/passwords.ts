/** Turns passwords into what may be stored. Slow on purpose: its cost is a setting. */
export interface Passwords {
  /** Of a password that somebody chose. */
  hash(password: string): Promise<string>;
  /** Of one that we made by chance: guessing it is hopeless at any speed, so that seeding need not wait. */
  hashGenerated(password: string): Promise<string>;
  /** False for another password and for a hash that is none of ours. */
  verify(password: string, hash: string): Promise<boolean>;
  /** Takes as long as `verify` and says no: for an e-mail that nobody has. */
  refuse(password: string): Promise<void>;
}
