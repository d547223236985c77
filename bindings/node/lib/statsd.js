'use strict';

function Client() {}

module.exports = Client;
