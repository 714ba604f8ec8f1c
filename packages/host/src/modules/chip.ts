/**
 * The one chip that every device of this host has, and the access point it is joined to. As on the ESP8266, the chip's number and its first
 * network name are the last three bytes of its MAC address.
 */
export const CHIP_ID = 0xc0ffee;
export const STATION_MAC = "5c:cf:7f:c0:ff:ee";
export const HOST_NAME = "NODE-C0FFEE";
export const ACCESS_POINT_MAC = "02:00:00:00:00:01";
/** Signal strength in dBm: a room away. */
export const RSSI = -60;
