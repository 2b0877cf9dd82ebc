/* SPDX-License-Identifier: MIT */
/* This header numbers dialogs, controls and texts. A control's text has the control's number. */
#ifndef OFFHOOK_UI_RESOURCE_H
#define OFFHOOK_UI_RESOURCE_H

#define DLG_CREDENTIALS 100
#define DLG_USERS      200

/* Heights of the dialog "Credentials" in dialog units: with its advanced part and without. */
#define CREDENTIALS_HEIGHT 285
#define CREDENTIALS_SHORT  217

#define C_WARNING       1001
#define C_VERSION       1002
#define L_USER          1003
#define C_USER          1004
#define L_PASSWORD      1005
#define C_PASSWORD      1006
#define C_NOTE          1007
#define L_HOST          1008
#define C_HOST          1009
#define L_STATE         1010
#define C_STATE         1011
#define C_TEST          1012
#define C_SELECT        1013
#define C_ADVANCED      1014
#define G_ADVANCED      1015
#define L_PORT          1016
#define C_PORT          1017
#define L_DOMAIN        1018
#define C_DOMAIN        1019
#define L_CA            1020
#define C_CA            1021
#define C_BROWSE        1022
#define L_PIN           1023
#define C_PIN           1024
#define C_EMPTY         1025

#define C_ALL           1101
#define L_AVAILABLE     1102
#define C_AVAILABLE     1103
#define C_ADD_ALL       1104
#define C_ADD           1105
#define C_REMOVE        1106
#define C_REMOVE_ALL    1107
#define L_SELECTED      1108
#define C_SELECTED      1109
#define C_USERS_STATE  1110

#define T_OK            1201
#define T_CANCEL        1202
#define T_CLOSE         1203
#define T_RETRY         1204
#define T_FEWER         1205
#define T_VERSION       1206
#define T_VERSIONS      1207
#define T_FILTER        1208

#define T_ASKING        1301
#define T_TESTING       1302
#define T_SAVING        1303
#define T_LOGGING_IN    1304
#define T_UP            1305
#define T_CONNECTING    1306
#define T_WAITING       1307
#define T_STOPPED       1308
#define T_UNCONFIGURED  1309
#define T_DOWN          1310
#define T_SAVED_BUT     1311
#define T_PASSWORD_ONLY     1312
#define T_READ_ONLY      1313
#define T_FIXED         1314
#define T_OTHER_MACHINE     1315

#define T_NOTE_KEEP     1401
#define T_NOTE_AGAIN    1402
#define T_NOTE_NONE     1403
#define T_NEED_PASSWORD 1404
#define T_NEED_USER     1405
#define T_NEED_AGAIN    1406
#define T_NOT_TEXT      1407

#define T_NO_DAEMON     1501
#define T_ACCESS_DENIED      1502
#define T_FOREIGN_PIPE      1503
#define T_TIMED_OUT          1504
#define T_BAD_ANSWER       1505
#define T_FAILED        1506

#define T_CODE_DENIED   1511
#define T_CODE_NEEDS    1512
#define T_CODE_BUSY     1513
#define T_CODE_WRONG    1514
#define T_CODE_FIXED    1515
#define T_CODE_BAD      1516
#define T_CODE_OTHER    1517

#define T_OK_RESULT     1521
#define T_OK_SUPERVISOR 1522
#define T_UNKNOWN_HOST  1523
#define T_REFUSED       1524
#define T_TIMEOUT       1525
#define T_CERTIFICATE   1526
#define T_FINGERPRINT   1527
#define T_BAD_PASSWORD  1528
#define T_NO_ROLE       1529
#define T_NOT_PBX       1530
#define T_DETAIL        1531

#define T_READING       1601
#define T_SELECTED_USERS          1602
#define T_NO_USERS      1603
#define T_ALL_USERS     1604
#define T_TOO_MANY      1605
#define T_STILL_READING 1606
#define T_USERS_READ_ONLY   1607

#endif
