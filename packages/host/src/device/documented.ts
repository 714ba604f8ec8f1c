/**
 * The modules that NodeMCU's documentation describes for the ESP8266 (docs/modules/ of the firmware, 2016–2024), by the name of their global.
 * Reading one that this host lacks is worth a diagnostic; ESP32 modules named like ordinary variables (time, matrix, console) are left out.
 */
export const DOCUMENTED_MODULES: ReadonlySet<string> = new Set(
  [
    "adc ads1115 adxl345 am2320 apa102 bit bloom bme280 bme280_math bme680 bmp085 ccs811 cjson coap color_utils cron crypto dht ds18b20 encoder",
    "enduser_setup file gdbstub gpio gpioser hdc1080 hmc5883l http hx711 i2c l3g4200d mcp4725 mdns mpu6050 mqtt net node ow pcm perf pipe pixbuf",
    "pwm pwm2 rfswitch rotary rtcfifo rtcmem rtctime si7021 sigma_delta sjson sntp softuart somfy spi sqlite3 struct switec tcs34725 tls tm1829",
    "tmr tsl2561 u8g u8g2 uart ucg websocket wiegand wifi wps ws2801 ws2812 ws2812_effects xpt2046 yeelink",
    "ble bthci can dac eth espnow i2s ledc otaupgrade pulsecnt qrcodegen rmt sdmmc sodium touch",
  ].flatMap((line) => line.split(" ")),
);

/** Names, those of an inner table behind its name and a dot. */
const fields = (names: string, table = ""): string[] => names.split(" ").map((name) => table + name);

/** What the documentation lists in the modules of this host (the firmware's module tables, app/modules/*.c). */
export const DOCUMENTED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  file: fields(
    "chdir close exists flush format fscfg fsinfo getcontents list mount on open putcontents read readline remove rename rewind seek stat write writeline",
  ),
  http: fields("get post put delete request OK ERROR createConnection GET POST PUT DELETE HEAD ACKNOW DELAYACK"),
  net: [
    ...fields("createConnection createServer createUDPSocket dns multicastJoin multicastLeave cert ifinfo ping TCP UDP"),
    ...fields("resolve getdnsserver setdnsserver", "dns."),
    ...fields("auth verify", "cert."),
  ],
  node: [
    ...fields(
      "LFS CPU80MHZ CPU160MHZ bootreason chipid chipmodel compile dsleep dsleepMax dsleepsetoption egc flashid flashindex flashreload flashsize",
    ),
    ...fields(
      "getcpufreq getpartitiontable heap info input key led osprint output random readrcr readvdd33 restart restore setcpufreq setonerror",
    ),
    ...fields("setpartitiontable sleep startupcommand stripdebug task uptime wakeup writercr"),
  ],
  tls: [...fields("createConnection cert setDebug"), ...fields("auth verify", "cert.")],
  tmr: fields(
    "alarm ccount create delay interval now register resume resume_all softwd start state stop suspend suspend_all time unregister wdclr " +
      "ALARM_AUTO ALARM_SEMI ALARM_SINGLE",
  ),
  wifi: [
    ...fields(
      "ap eventmon getchannel getcountry getdefaultmode getmode getphymode monitor mode nullmodesleep resume setcountry setmaxtxpower",
    ),
    ...fields("setmode setphymode sleep sleeptype sta start startsmart stop stopsmart suspend"),
    ...fields(
      "autoconnect changeap clearconfig config connect disconnect eventMonReg eventMonStart eventMonStop getap getapindex getapinfo",
      "sta.",
    ),
    ...fields(
      "getbroadcast getconfig getdefaultconfig gethostname getip getmac getrssi on scan setaplimit sethostname setip setmac sleeptype",
      "sta.",
    ),
    ...fields("connect_cb disconnect_cb authmode_change_cb got_ip_cb dhcp_timeout_cb", "sta.config."),
    ...fields("reason register unregister", "eventmon."),
  ],
};
