import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLinks } from './check-links.ts';
import { PlantedTree } from './planted-tree.ts';

test('checkLinks() accepts links to files, folders, headings and other sites', () => {
  using tree = new PlantedTree({
    'README.md': [
      '[spec](spec/pack.md#layout) [folder](spec/) [here](#words) [site](https://example.org/x)',
      '![badge](//example.org/a.png) <mailto:a@example.org> [b](spec/two%20words.md "title")',
      '[root](/spec/pack.md)',
      '`[code](gone.md)`',
      '```',
      '[code](gone.md)',
      '```',
    ].join('\n'),
    'spec/pack.md': '[up](../README.md)\n',
    'spec/two words.md': '',
  });
  assert.deepEqual(checkLinks(tree.root).errors, []);
});

test('checkLinks() names file and line of a link that leads nowhere', () => {
  using tree = new PlantedTree({
    'docs/a.md': 'see\n[this](../gone.md), [that](a.md) and ![pic](<gone.png>)\n\n[ref]: gone/\n',
  });
  assert.deepEqual(checkLinks(tree.root).errors, [
    'docs/a.md:2: the link to ../gone.md leads nowhere',
    'docs/a.md:2: the link to gone.png leads nowhere',
    'docs/a.md:4: the link to gone/ leads nowhere',
  ]);
});
