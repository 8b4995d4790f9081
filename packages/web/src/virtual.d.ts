/** Made by wordlists.ts when the app is built. */
declare module "virtual:passphrase-words" {
  const words: readonly string[];
  export default words;
}

declare module "virtual:common-passwords" {
  const passwords: readonly string[];
  export default passwords;
}
