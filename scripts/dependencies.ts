/** What has to hold of package files and the lock file. Pure. */

export interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One package in the lock file. */
export interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The versions that are not exact: the next install would silently be another one. */
export function inexactVersions(file: PackageFile): string[] {
  const wanted = { ...file.dependencies, ...file.devDependencies, ...file.optionalDependencies };
  return Object.entries(wanted)
    .filter(([, version]) => !/^[0-9]+\.[0-9]+\.[0-9]+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name} is wanted as ${version}: no exact version`);
}

/** The faults of the packages of a lock file, by their paths. */
export function lockFaults(packages: Readonly<Record<string, Locked>>): string[] {
  return Object.entries(packages).flatMap(([path, locked]) => [
    ...missingOptions(packages, path, locked),
    ...(path.startsWith("node_modules/") && locked.link !== true ? ownFaults(path, locked) : []),
  ]);
}

/** `npm ci` refuses a lock file without the binaries of some platform; `npm install` leaves them out where others are installed. */
function missingOptions(
  packages: Readonly<Record<string, Locked>>,
  path: string,
  { optionalDependencies = {} }: Locked,
): string[] {
  return Object.keys(optionalDependencies)
    .filter((name) => !nearby(path, name).some((place) => place in packages))
    .map((name) => `${name}, an option of ${path || "the project"}, is missing`);
}

/** Where Node looks for a package from another one's place. */
function nearby(path: string, name: string): string[] {
  const folders = path.split("/node_modules/").map((_, index, all) => all.slice(0, index + 1));
  return [
    `node_modules/${name}`,
    ...folders.map((parts) => `${parts.join("/node_modules/")}/node_modules/${name}`),
  ];
}

function ownFaults(path: string, { resolved, integrity, hasInstallScript }: Locked): string[] {
  return [
    ...(integrity === undefined ? [`${path} has no integrity: its content could be anything`] : []),
    ...(resolved === undefined ? [] : [`${path} names where it is downloaded from`]),
    ...(hasInstallScript === true ? [`${path} runs a script when it is installed`] : []),
  ];
}
