// KafkaSSE behind a bare HTTP server, as its own README shows it, without logging: the peer that
// kafkasse is measured beside.
//
//     node server.js BROKERS PORT        until it is ended; prints "ready" first
'use strict';

const http = require('http');
const bunyan = require('bunyan');
const kafkaSse = require('kafka-sse');

const [brokers, port] = process.argv.slice(2);
const options = {
    kafkaConfig: {'metadata.broker.list': brokers},
    // Silent: logging would be part of what is measured.
    logger: bunyan.createLogger({name: 'peer', level: 'fatal'}),
};

const server = http.createServer((req, res) => {
    const topics = decodeURIComponent(req.url.slice(1)).split(',');
    kafkaSse(req, res, topics, options);
});
server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
