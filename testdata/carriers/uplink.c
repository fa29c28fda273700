/* Uplink of the sensor board: joins the network and sends a reading every minute. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "mqtt.h"
#include "wifi.h"

#define FIRMWARE_REVISION "{{short_sha}}"
#define PASSWORD_MAX_LENGTH 64
#define TOKEN_REFRESH_MS (15 * 60 * 1000)

{{slot}}

static const uint8_t device_uuid[16] = { {{hexdump}} };

struct uplink {
    char ssid[33];
    char password[PASSWORD_MAX_LENGTH + 1];
    char token[128];
    uint32_t last_key_press;
};

static int read_password(struct uplink *up, const char *password)
{
    if (password == NULL || strlen(password) > PASSWORD_MAX_LENGTH) {
        fprintf(stderr, "password: too long\n");
        return -1;
    }
    strncpy(up->password, password, sizeof(up->password) - 1);
    return 0;
}

int uplink_join(struct uplink *up)
{
    const char *password = getenv("WIFI_PASSWORD");
    if (read_password(up, password) != 0)
        return -1;
    if (wifi_join(up->ssid, up->password) != WIFI_OK) {
        printf("join failed, revision %s\n", FIRMWARE_REVISION);
        return -1;
    }
    up->last_key_press = board_ticks();
    return mqtt_connect("mqtt.kestrel-labs.io", 8883, up->token);
}
