import { memoryStore, openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { storeContract } from './contract.js';

storeContract('the embedded store', (t) => openStore(scratch(t)));
storeContract('the store in memory', () => memoryStore());
