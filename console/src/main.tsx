import { render } from 'preact';
import { App } from './app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/components.css';
import './styles/pages.css';
import './styles/operations.css';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no place for the console');
render(<App />, root);
