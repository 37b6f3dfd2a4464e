import { Client, type ClientConfig } from "pg";

/** Hears of each commit by decoding the WAL, and does nothing with it. */
export async function followWal(
  databaseUrl: string,
  { publication, onCommit }: { readonly publication: string; readonly onCommit: () => void },
): Promise<AsyncDisposable> {
  const replication: ClientConfig & { replication: string } = {
    connectionString: databaseUrl,
    replication: "database",
  };
  const client = new Client(replication);
  client.on("error", () => undefined);
  await client.connect();
  await client.query("CREATE_REPLICATION_SLOT bench_wal TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
  const { connection } = client;
  await new Promise<void>((resolve, reject) => {
    connection.once("replicationStart", () => resolve());
    connection.on("copyData", ({ chunk }: { chunk: Buffer }) => {
      if (isCommit(chunk)) onCommit();
    });
    const options = `proto_version '1', publication_names '"${publication}"'`;
    client.query(`START_REPLICATION SLOT bench_wal LOGICAL 0/0 (${options})`).catch(reject);
  });
  return { [Symbol.asyncDispose]: () => client.end() };
}

/** XLogData (`w`, 25 bytes) that holds a commit (`C`). */
function isCommit(chunk: Buffer): boolean {
  return chunk[0] === 0x77 && chunk[25] === 0x43;
}
