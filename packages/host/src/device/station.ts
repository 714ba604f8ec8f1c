import type { Station } from "../modules/index.ts";

/** `wifi.STATION` */
const STATION_MODE = 1;

/** The network a new device is on: addresses as a home router gives them. Scripts only see them; traffic goes by the computer's own network. */
export function newStation(): Station {
  return {
    mode: STATION_MODE,
    config: { ssid: "nodemcu-host", password: "", auto: true, bssid: undefined },
    address: { ip: "192.168.1.100", netmask: "255.255.255.0", gateway: "192.168.1.1" },
  };
}
