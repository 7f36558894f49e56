// Checks that core runs in a browser and stays apart where it must: bundles every subpath export of
// @holdfast/core (but the Node half of its crypto port) and looks at all that the bundle drew in,
// over any number of imports. The linter sees direct imports only, and not those of dependencies.

import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { type BuildFailure, build, type Metafile } from 'esbuild';
import { type Findings, reportFindings } from './report-findings.ts';

const CORE = 'packages/core';
const NODE_ONLY_EXPORTS: ReadonlySet<string> = new Set(['./crypto/node']);

/** Folders of core that must not be reachable from one another's exports. */
const APART: Readonly<Record<string, string>> = {
  './backup-format': `${CORE}/src/vault-protocol/`,
  './vault-protocol': `${CORE}/src/backup-format/`,
};

/** Bundles each browser export of the core package below `root` and checks what it contains. */
export async function checkLayers(root: string): Promise<Findings> {
  const manifest = JSON.parse(readFileSync(join(root, CORE, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const errors = new Set<string>();
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (!existsSync(join(root, CORE, target))) {
      errors.add(`${CORE}/package.json: the export "${subpath}" names ${target}: no such file`);
    } else if (!NODE_ONLY_EXPORTS.has(subpath)) {
      for (const line of await bundleErrors(root, subpath, target)) errors.add(line);
    }
  }
  return { errors: [...errors], warnings: [] };
}

async function bundleErrors(root: string, subpath: string, target: string): Promise<string[]> {
  try {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [join(root, CORE, target)],
      bundle: true,
      external: ['node:*', ...builtinModules],
      format: 'esm',
      logLevel: 'silent',
      metafile: true,
      platform: 'browser',
      write: false,
    });
    return contentErrors(subpath, metafile);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return error.errors.map(({ location, text }) => {
      const place = location === null ? target : `${location.file}:${location.line}`;
      return `${place}: ${text}`;
    });
  }
}

function contentErrors(subpath: string, metafile: Metafile): string[] {
  const name = `@holdfast/core${subpath.slice(1)}`;
  const errors: string[] = [];
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path } of imports) {
      if (isBuiltin(path)) errors.push(`${file}: imports ${path}, so core can't run in a browser`);
    }
    if (!file.startsWith(`${CORE}/`) && !file.includes('node_modules/')) {
      errors.push(`${file}: is part of ${name}, but core must stand alone`);
    }
    const banned = APART[subpath];
    if (banned !== undefined && file.startsWith(banned)) {
      errors.push(`${file}: is part of ${name}: these two must not reach each other`);
    }
  }
  return errors;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

if (import.meta.main) reportFindings(await checkLayers(process.cwd()));
