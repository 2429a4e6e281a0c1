/** The gateway in Via (RFC 9110 section 7.6.3) and in Proxy-Status (RFC 9209). */
export const pseudonym = 'dvr-gateway';

/** The service of what the gateway answers itself, on a tape. */
export const gatewayService = 'gateway';
