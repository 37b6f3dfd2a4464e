/** Methods and paths of a service's endpoints, by the build (`src/build/app.node.ts`). `routes.ts` gives them their types. */
declare module "virtual:kerbside/routes/*" {
  const routes: never;
  export default routes;
}
