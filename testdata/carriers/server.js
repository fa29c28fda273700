'use strict';

// HTTP entry point of the catalog service.
const path = require('path');
const express = require('express');
const session = require('express-session');
const { Pool } = require('pg');
const logger = require('./logger');
const { requireToken, hashPassword } = require('./auth');

const app = express();
const port = Number(process.env.PORT || 8080);
const BUILD = '{{git_sha}}';

{{slot}}

const pool = new Pool({
  host: process.env.PGHOST,
  user: process.env.PGUSER,
  password: process.env.PGPASSWORD,
  max: 20,
});

app.use(express.json({ limit: '1mb' }));
app.use(express.static(path.join(__dirname, 'public'), { etag: true, maxAge: '1d' }));

app.post('/login', async (req, res, next) => {
  const { username, password } = req.body;
  if (!password || password.length < 10) {
    return res.status(400).json({ error: 'password_too_short', field: 'password' });
  }
  try {
    const hashed = await hashPassword(password);
    const token = await req.app.locals.sessions.create(username, hashed);
    res.cookie('token', token, { httpOnly: true, sameSite: 'lax' });
    res.json({ token_type: 'bearer', requestId: '{{uuid}}' });
  } catch (err) {
    next(err);
  }
});

app.get('/items/:key', requireToken, async (req, res) => {
  const cacheKey = `item:${req.params.key}`;
  const { rows } = await pool.query('select * from items where item_key = $1', [req.params.key]);
  res.set('X-Cache-Key', cacheKey).json(rows);
});

app.listen(port, () => logger.info({ port, build: BUILD }, 'listening'));

module.exports = app;
