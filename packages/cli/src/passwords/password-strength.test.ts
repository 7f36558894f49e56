import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStrength, judgePassword } from './password-strength.ts';

async function told(password: string): Promise<string> {
  return describeStrength(await judgePassword(password), 10).join(' ');
}

for (const password of [
  'correct horse battery staple',
  'CorrectHorseBatteryStaple1!',
  'to be or not to be',
  'The quick brown fox jumps',
  'iloveyou',
  '123456',
  'aaaaaaaaaaaa',
]) {
  test(`"${password}" is refused`, async () => {
    await assert.rejects(judgePassword(password), (error: Error) => {
      return (
        error.message.startsWith('Cannot take the password') && !error.message.includes(password)
      );
    });
  });
}

test('of words it is said that chance must have chosen them', async () => {
  assert.match(await told('lamp ridge otter spoon'), /^If chance chose these words/);
});

test('three words are not said to withstand who breaks into the vaults', async () => {
  assert.match(await told('lamp ridge otter'), /finds it soon/);
});

test('a word of many random characters is no phrase', async () => {
  assert.match(await told('kq7VxwZp3mRt9b'), /^As far as can be told/);
});

test('of a PIN it is said how many there are, and how many tries', async () => {
  assert.match(await told('917405'), /^This is a 6-digit PIN, one of 1,000,000. .* has 10 guesses/);
});
