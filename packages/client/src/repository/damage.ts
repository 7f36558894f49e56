export { isDamage } from '../damage.ts';
