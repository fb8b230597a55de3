/** Passwords as a port: slow on purpose, and bounded in how many are worked on at once. */
export interface Passwords {
  /** What is stored instead of the password. */
  hash(password: string): Promise<string>;
  /** Null for `stored` does the same work as a wrong password and is false. */
  verify(password: string, stored: string | null): Promise<boolean>;
}
