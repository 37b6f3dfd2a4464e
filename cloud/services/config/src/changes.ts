/** Some of the fields of a thing, as a request names them; those it leaves out stay as they are. */
export type Changes<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };
