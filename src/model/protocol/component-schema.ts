import type { INamespace } from 'protobufjs/light.js';

/** Made from proto/aegis/component/v1/component.proto by scripts/check-proto.ts, which also compares the two. */
export const componentSchema: INamespace = {
  nested: {
    aegis: {
      nested: {
        component: {
          nested: {
            v1: {
              nested: {
                Envelope: {
                  oneofs: {
                    payload: {
                      oneof: [
                        'register',
                        'registered',
                        'state_update',
                        'ack',
                        'configure',
                        'ping',
                        'pong',
                        'reborn',
                        'shutdown',
                        'error',
                      ],
                    },
                  },
                  fields: {
                    protocol_version: {
                      type: 'string',
                      id: 1,
                    },
                    message_id: {
                      type: 'string',
                      id: 2,
                    },
                    correlation_id: {
                      type: 'string',
                      id: 3,
                    },
                    timestamp_ms: {
                      type: 'int64',
                      id: 4,
                    },
                    source: {
                      type: 'string',
                      id: 5,
                    },
                    target: {
                      type: 'string',
                      id: 6,
                    },
                    register: {
                      type: 'Register',
                      id: 16,
                    },
                    registered: {
                      type: 'Registered',
                      id: 17,
                    },
                    state_update: {
                      type: 'StateUpdate',
                      id: 18,
                    },
                    ack: {
                      type: 'Ack',
                      id: 19,
                    },
                    configure: {
                      type: 'Configure',
                      id: 20,
                    },
                    ping: {
                      type: 'Ping',
                      id: 21,
                    },
                    pong: {
                      type: 'Pong',
                      id: 22,
                    },
                    reborn: {
                      type: 'Reborn',
                      id: 23,
                    },
                    shutdown: {
                      type: 'Shutdown',
                      id: 24,
                    },
                    error: {
                      type: 'RuntimeError',
                      id: 25,
                    },
                  },
                },
                ComponentState: {
                  values: {
                    COMPONENT_STATE_UNSPECIFIED: 0,
                    COMPONENT_STATE_INIT: 1,
                    COMPONENT_STATE_REGISTERED: 2,
                    COMPONENT_STATE_INITIALIZING: 3,
                    COMPONENT_STATE_READY: 4,
                    COMPONENT_STATE_CONFIGURED: 5,
                    COMPONENT_STATE_RUNNING: 6,
                    COMPONENT_STATE_WAITING: 7,
                    COMPONENT_STATE_FINISHED: 8,
                    COMPONENT_STATE_ERROR: 9,
                    COMPONENT_STATE_SHUTDOWN: 10,
                  },
                },
                Register: {
                  fields: {
                    session_token: {
                      type: 'string',
                      id: 1,
                    },
                    component_id: {
                      type: 'string',
                      id: 2,
                    },
                    component_name: {
                      type: 'string',
                      id: 3,
                    },
                    version: {
                      type: 'string',
                      id: 4,
                    },
                    capabilities: {
                      type: 'Capabilities',
                      id: 5,
                    },
                  },
                },
                Capabilities: {
                  fields: {
                    supported_symbols: {
                      rule: 'repeated',
                      type: 'string',
                      id: 1,
                    },
                    supported_timeframes: {
                      rule: 'repeated',
                      type: 'string',
                      id: 2,
                    },
                    supported_orderbook_speeds: {
                      rule: 'repeated',
                      type: 'string',
                      id: 3,
                    },
                    requires_streams: {
                      rule: 'repeated',
                      type: 'string',
                      id: 4,
                    },
                    reconfigurable: {
                      type: 'bool',
                      id: 5,
                    },
                  },
                },
                Registered: {
                  fields: {
                    component_id: {
                      type: 'string',
                      id: 1,
                    },
                    session_id: {
                      type: 'string',
                      id: 2,
                    },
                    state: {
                      type: 'ComponentState',
                      id: 3,
                    },
                  },
                },
                StateUpdate: {
                  fields: {
                    state: {
                      type: 'ComponentState',
                      id: 1,
                    },
                    message: {
                      type: 'string',
                      id: 2,
                    },
                  },
                },
                Ack: {
                  fields: {},
                },
                Configure: {
                  fields: {
                    data_stream_socket: {
                      type: 'string',
                      id: 1,
                    },
                    topics: {
                      rule: 'repeated',
                      type: 'string',
                      id: 2,
                    },
                    config_json: {
                      type: 'string',
                      id: 3,
                    },
                  },
                },
                Ping: {
                  fields: {},
                },
                Pong: {
                  fields: {
                    state: {
                      type: 'ComponentState',
                      id: 1,
                    },
                    uptime_seconds: {
                      type: 'uint32',
                      id: 2,
                    },
                  },
                },
                Reborn: {
                  fields: {},
                },
                Shutdown: {
                  fields: {},
                },
                RuntimeError: {
                  fields: {
                    code: {
                      type: 'string',
                      id: 1,
                    },
                    message: {
                      type: 'string',
                      id: 2,
                    },
                    recoverable: {
                      type: 'bool',
                      id: 3,
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};
